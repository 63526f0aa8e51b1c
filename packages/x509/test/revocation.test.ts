import { announceService, type RevocationService, revokeDevice } from "@readback/core/revocation";
import { issueService } from "@readback/x509";
import { afterEach, describe, expect, test } from "vitest";
import { textsOf } from "../../core/test/client/world.ts";
import { day, type Organisation } from "./organisation.ts";
import { type Ward, ward } from "./ward.ts";

const [ada, ben] = ["ada@mercy.example", "ben@lukes.example"];
const tablet = { person: ben, device: "tablet" };

let here: Ward;
afterEach(() => here.close());

/** The service of a hospital, with a fresh key and a certificate for so many days. */
function serviceOf(organisation: Organisation, days: number): RevocationService {
  const { suite, publicKey, privateKey } = organisation.key(2);
  const from = here.clock.now();
  const life = { from, until: from + days * day };
  const { domain } = organisation;
  const certificate = issueService(
    { domain, suite, signaturePublicKey: publicKey, ...life },
    organisation.byRoot,
    organisation,
  );
  const credential = { type: "x509", certificates: [certificate] } as const;
  return { suite, signatureKeyPair: { publicKey, privateKey }, credential, authority: here.authority };
}

const reach = () => ({ transport: here.relay.transport(), clock: here.clock });
const announce = (service: RevocationService) => announceService({ service, ...reach() });
const revoke = async (service: RevocationService) =>
  (await revokeDevice({ service, device: tablet, ...reach() })).map(({ outcome }) => outcome);

describe("with certificates", () => {
  test("a device is revoked in the middle of a conversation", async () => {
    here = ward("revoked in the middle");
    const service = serviceOf(here.lukes, 300);
    await announce(service);
    const a = await here.device(`${ada}/phone`);
    const [phone, lost] = [await here.device(`${ben}/phone`), await here.device(`${ben}/tablet`)];
    const conversation = await a.open({ members: [ben] });
    await conversation.send("before");
    await here.until(async () => (await textsOf(lost, conversation.id)).length === 1);
    expect(await revoke(service)).toEqual(["waiting"]);
    await conversation.send("after");
    await here.until(async () => (await textsOf(phone, conversation.id)).length === 2);
    expect(conversation.members()).toContainEqual({ person: ben, devices: ["phone"] });
    expect(await textsOf(lost, conversation.id)).toEqual(["before"]);
    expect(await revoke(service)).toEqual([]);
  });

  test("a newer service takes the place of an older one, in conversations that are there, too", async () => {
    here = ward("newer service");
    const [older, newer, oldest] = [30, 60, 20].map((days) => serviceOf(here.lukes, days)) as [
      RevocationService,
      RevocationService,
      RevocationService,
    ];
    await announce(older);
    const a = await here.device(`${ada}/phone`);
    await here.device(`${ben}/phone`);
    await here.device(`${ben}/tablet`);
    const conversation = await a.open({ members: [ben] });
    await announce(newer);
    await expect(announce(oldest)).rejects.toThrow("refused the login");
    // Devices hear of it when they come again.
    here.relay.cut();
    for (let second = 0; second < 60; second++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    for (const former of [oldest, older]) await expect(revoke(former)).rejects.toThrow("refused the login");
    expect(await revoke(newer)).toEqual(["waiting"]);
    await here.until(() => conversation.members().every(({ devices }) => !devices.includes("tablet")));
    expect(await revoke(newer)).toEqual([]);
  });

  test("a service whose certificate has ended is let in no more", async () => {
    here = ward("ended service");
    const service = serviceOf(here.lukes, 2);
    await announce(service);
    await here.pass(3);
    await expect(announce(service)).rejects.toThrow("refused the login");
    await expect(revoke(service)).rejects.toThrow("refused the login");
  });
});
