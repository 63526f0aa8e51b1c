import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { decode, type Reader } from "../../../src/codec/reader.ts";
import { encode, type Writer } from "../../../src/codec/writer.ts";
import { readCommit, writeCommit } from "../../../src/mls/commit.ts";
import { readMessage, writeMessage } from "../../../src/mls/message.ts";
import { readProposalContent, writeProposalContent } from "../../../src/mls/proposal.ts";
import { readTreeNodes, writeTreeNodes } from "../../../src/mls/tree-nodes.ts";
import { readGroupSecrets, writeGroupSecrets } from "../../../src/mls/welcome.ts";
import { assertHex, type Outcome } from "./tools.ts";

type Check = (bytes: Uint8Array) => Uint8Array;

function struct<T>(read: (reader: Reader) => T, write: (writer: Writer, value: T) => void): Check {
  // A copy of the value has no bytes kept from reading, so it is encoded field by field.
  return (bytes) => encode(write, structuredClone(decode(read, bytes)));
}

function proposal(type: Parameters<typeof readProposalContent>[1]): Check {
  return struct((reader) => readProposalContent(reader, type), writeProposalContent);
}

const message = struct(readMessage, writeMessage);

const checks: Readonly<Record<string, Check>> = {
  mls_welcome: message,
  mls_group_info: message,
  mls_key_package: message,
  ratchet_tree: struct(readTreeNodes, writeTreeNodes),
  group_secrets: struct(readGroupSecrets, writeGroupSecrets),
  add_proposal: proposal("add"),
  update_proposal: proposal("update"),
  remove_proposal: proposal("remove"),
  pre_shared_key_proposal: proposal("pre-shared-key"),
  re_init_proposal: proposal("reinit"),
  external_init_proposal: proposal("external-init"),
  group_context_extensions_proposal: proposal("group-context-extensions"),
  commit: struct(readCommit, writeCommit),
  public_message_application: message,
  public_message_proposal: message,
  public_message_commit: message,
  private_message: message,
};

/** Runs one case of `messages.json`: every struct is read and written back to the same bytes. */
export function run(vector: unknown): Outcome {
  const fields = vector as Readonly<Record<string, string>>;
  for (const [name, check] of Object.entries(checks)) {
    const expected = fields[name];
    assert.ok(expected !== undefined, `${name} is missing`);
    assertHex(check(fromHex(expected)), expected, name);
  }
  return "passed";
}
