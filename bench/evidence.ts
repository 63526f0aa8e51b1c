import { generateKeyPairSync, sign, verify } from "node:crypto";
import { type Client, createClient, memoryStorage, unsafeDevelopmentIdentity } from "@readback/core";
import { verifyEvidence } from "@readback/org/verify";
import { memoryRelay } from "@readback/relay";
import { nativeSignatures } from "../packages/org/src/native-signatures.ts";
import { interleave } from "./interleave.ts";
import type { Group, Row } from "./row.ts";

const persons = 30;

/** A file about a message that 29 persons have acknowledged. */
export const evidence: Group = {
  name: "evidence",
  about: `One evidence file about a message to ${persons - 1} persons, each of whom has acknowledged it; in a conversation of this size devices send no receipts besides. Raw: as many bare verifications of node:crypto as the file has signatures, in turns with what is measured; for the size, these signatures alone`,
  async run(): Promise<Row[]> {
    const file = await consult();
    const verdict = verifyEvidence(file);
    if (!verdict.holds) throw new Error(verdict.problem);
    // One more for the head of the log.
    const signatures = verdict.finding.signed.length + 1;
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    const message = new Uint8Array(700);
    const signature = sign("sha256", message, privateKey);
    const figures = await interleave(
      {
        native: () => void verifyEvidence(file, { verifySignature: nativeSignatures }),
        noble: () => void verifyEvidence(file),
        bare: () => {
          for (let i = 0; i < signatures; i++) verify("sha256", message, publicKey, signature);
        },
      },
      { rounds: 20, count: 1, clock: "thread" },
    );
    const raw = { raw: figures.bare / 1_000, rawOf: `${signatures} verifications`, unit: "ms" } as const;
    return [
      { what: `verify, ${persons} persons`, measured: figures.native / 1_000, goal: "≤ 50 ms", ...raw },
      { what: `verify, ${persons} persons, noble`, measured: figures.noble / 1_000, goal: "", ...raw },
      {
        what: `file, ${persons} persons`,
        measured: file.length,
        raw: signatures * signature.length,
        rawOf: `${signatures} signatures`,
        unit: "B",
        goal: "",
      },
    ];
  },
};

async function consult(): Promise<Uint8Array> {
  const relay = memoryRelay();
  const clients: Client[] = [];
  for (let number = 0; number < persons; number++) {
    const identity = unsafeDevelopmentIdentity({ person: `person-${number}@mercy.example`, device: "phone" });
    const client = await createClient({ identity, transport: relay.transport(), storage: memoryStorage() });
    await client.online();
    client.on("message", async ({ message }) => {
      if (message.from === client.person) return;
      await message.markRead();
      await message.acknowledge("Seen.");
    });
    clients.push(client);
  }
  const [ada, ...others] = clients as [Client, ...Client[]];
  const conversation = await ada.open({ members: others.map(({ person }) => person), subject: "Bed 12" });
  const message = await conversation.send("Potassium 6.8, bed 12.", { intent: "critical" });
  await message.reached("acknowledged");
  const file = await conversation.evidence(message);
  for (const client of clients) await client.close();
  await relay.close();
  return file;
}
