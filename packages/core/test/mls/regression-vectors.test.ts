import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromHex, hex } from "../../src/codec/hex.ts";
import { type Group, joinGroup, receiveHandshake, restoreGroup, unprotectMessage } from "../../src/mls.ts";
import { bundleIn, type PassiveClientCase } from "./vectors/passive-client.ts";
import { authenticatorOf, codeOf, credentials, suiteOf } from "./world.ts";

// Made by `make-regression-vectors.ts` and never again: whatever a released version has written must stay readable.

interface Message {
  message: string;
  data: string;
  sender: number;
}

interface HistoryCase extends PassiveClientCase {
  epochs: (PassiveClientCase["epochs"][number] & { messages: Message[] })[];
}

interface StoredCase {
  cipher_suite: number;
  records: Record<string, string>;
  epoch_authenticator: string;
  messages: Message[];
  opened_before: Message[];
  commit: string;
  next_epoch_authenticator: string;
}

function casesOf<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));
}

function follow(group: Group, message: string): Group {
  const received = receiveHandshake(group, fromHex(message), { credentials });
  if (received.group === undefined) throw new Error("the member was removed");
  return received.group;
}

function open(group: Group, { message, data, sender }: Message): Group {
  const opened = unprotectMessage(group, fromHex(message));
  expect([hex(opened.data), opened.sender]).toEqual([data, sender]);
  return opened.group;
}

describe("group-history-1.json", () => {
  test.each(casesOf<HistoryCase>("group-history-1.json"))("suite $cipher_suite", (given) => {
    const suite = suiteOf(given.cipher_suite);
    const bundle = bundleIn(suite, given);
    let { group } = joinGroup({ suite, welcome: fromHex(given.welcome), bundle, credentials });
    expect(authenticatorOf(group)).toBe(given.initial_epoch_authenticator);
    for (const { proposals, commit, epoch_authenticator, messages } of given.epochs) {
      for (const proposal of proposals) group = follow(group, proposal);
      group = follow(group, commit);
      expect(authenticatorOf(group)).toBe(epoch_authenticator);
      for (const message of messages) group = open(group, message);
    }
  });
});

describe("stored-group-1.json", () => {
  test.each(casesOf<StoredCase>("stored-group-1.json"))("suite $cipher_suite", (given) => {
    const records = new Map(Object.entries(given.records).map(([name, value]) => [name, fromHex(value)]));
    let group = restoreGroup(suiteOf(given.cipher_suite), records);
    expect(authenticatorOf(group)).toBe(given.epoch_authenticator);
    for (const { message } of given.opened_before) {
      expect(codeOf(() => unprotectMessage(group, fromHex(message)))).toBe("mls-generation-used");
    }
    for (const message of given.messages) group = open(group, message);
    expect(authenticatorOf(follow(group, given.commit))).toBe(given.next_epoch_authenticator);
  });
});
