import type { Device, Finding, Signed, Verdict } from "./verdict.ts";

/** A verdict in plain words, for whoever has to decide what follows from it. */
export function report(verdict: Verdict): string {
  if (!verdict.holds) return `DOES NOT HOLD (${verdict.code}): ${verdict.problem}\n`;
  const { finding } = verdict;
  const { message, signed, members, log } = finding;
  const relay = quoted(finding.relay);
  const others = new Set(
    members.map(({ person }) => person).filter((person) => person !== message.by.person),
  );
  for (const { by } of signed) others.delete(by.person);
  const lines = [
    finding.isVerified ? "HOLDS." : "HOLDS, but the names are UNVERIFIED: no certificate vouches for them.",
    "",
    ...signed.map((each) => line(each, finding)),
    ...[...others].map((person) => `${quoted(person)}: no word in this file.`),
    "",
    `${finding.isRosterComplete ? "Encrypted for these devices and no others" : "Encrypted for these devices, among others"}: ${members.map(deviceName).join(", ")}.`,
    `Conversation ${finding.conversation}, entries ${log.first} to ${log.last} of its log; ${relay} signed that at ${time(log.signedAt)}.`,
    `Times are UTC by the clock of ${relay}, unless they are a device's.`,
  ];
  return `${lines.join("\n")}\n`;
}

function line(signed: Signed, { message, signed: all }: Finding): string {
  const { type, by, seq, acceptedAt, id, sentAt, deadline, answer } = signed;
  const at = `${time(acceptedAt)} (entry ${seq})`;
  const name = deviceName(by);
  if (type === "message" || type === "edited" || type === "recalled") {
    const clock = `written ${time(sentAt ?? 0)} by the device's own clock`;
    const until = deadline === undefined ? "" : `; to be answered until ${time(deadline)}`;
    const text = words(signed) || (type === "recalled" ? "no reason" : "something other than a plain text");
    const isLate = all.some((other) => other.type === "recalled" && other.seq < seq);
    const effect = isLate ? "; it had been recalled, so this counts for nothing" : "";
    return `${name} ${versions[type]} at ${at}: ${text}${until}${effect}; ${clock}, message ${id}.`;
  }
  const what = id === message.id ? "this message" : `version ${id}`;
  const object = answer === undefined ? what : `the answer at entry ${answer} to ${what}`;
  const said = words(signed);
  return `${name} ${verbs[type]} ${object} at ${at}${said === "" ? "" : `: ${said}`}.`;
}

const versions = { message: "sent", edited: "edited it", recalled: "recalled it" } as const;

const verbs = {
  stored: "held",
  displayed: "had displayed",
  acknowledged: "acknowledged",
  seen: "was shown",
  accepted: "accepted",
  declined: "declined",
  "read back": "read back",
  confirmed: "confirmed",
  corrected: "corrected",
  escalated: "noted that a step was due for",
} as const;

function words({ text, values }: Signed): string {
  const fields = values.map((value) => quoted(value.join(" ").trim()));
  return [...(text === null ? [] : [quoted(text)]), ...fields].join(", ");
}

function deviceName({ person, device }: Device): string {
  return `${quoted(person)} on ${quoted(device)}`;
}

/** Text from a file, so that it can neither pass for a line of the report nor command a terminal. */
function quoted(text: string): string {
  const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;
  return JSON.stringify(text).replace(unseen, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`);
}

function time(at: number): string {
  if (at > 8.64e15) return `millisecond ${at}`;
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
