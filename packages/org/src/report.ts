import type { Device, Finding, Signed, Verdict } from "./verify/verify-evidence.ts";

/** A verdict in plain words, for whoever has to decide what follows from it. */
export function report(verdict: Verdict): string {
  if (!verdict.holds) return `DOES NOT HOLD (${verdict.code}): ${verdict.problem}\n`;
  const { finding } = verdict;
  const { message, signed, members, log } = finding;
  const relay = quoted(finding.relay);
  const others = new Set(
    members.map(({ person }) => person).filter((person) => person !== message.by.person),
  );
  for (const { by, type } of signed) if (type !== "message") others.delete(by.person);
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

function line({ type, by, seq, acceptedAt, id, text, sentAt }: Signed, { message }: Finding): string {
  const at = `${time(acceptedAt)} (entry ${seq})`;
  if (type === "message") {
    const what = text === null ? "something other than a plain text" : quoted(text);
    const clock = `written ${time(sentAt ?? 0)} by the device's own clock`;
    return `${deviceName(by)} sent at ${at}: ${what}; ${clock}, message ${id}.`;
  }
  const what = id === message.id ? "this message" : `version ${id}`;
  const device = `${deviceName(by)}`;
  if (type === "stored") return `${device} held ${what} at ${at}.`;
  if (type === "displayed") return `${device} had displayed ${what} at ${at}.`;
  return `${device} ${verbs[type]} ${what} at ${at}${text === null ? "." : `: ${quoted(text)}.`}`;
}

const verbs = {
  acknowledged: "acknowledged",
  seen: "was shown",
  accepted: "accepted",
  declined: "declined",
  "read back": "read back",
  confirmed: "confirmed an answer to",
  corrected: "corrected an answer to",
  escalated: "said that a step was due of",
} as const;

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
