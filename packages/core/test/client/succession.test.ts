import { afterEach, expect, test } from "vitest";
import { doubting } from "./doubting.ts";
import { at, ben, both, here, hybrid, outcome, talking } from "./reinitializing-world.ts";

const dora = "dora@stlukes.example";

afterEach(() => here.close());

test("a device that had to stop gives the Welcome of what follows up at once: what comes after it does not wait", async () => {
  const { id, clients } = await talking("halted", { [ben]: { ...both, identity: doubting(ben, dora) } });
  const [a, b] = clients;
  const d = await here.client(dora, both);
  await outcome(at(a, id).add([dora]));
  await here.until(() => at(b, id).phase === "halted" && d.conversation(id) !== undefined);
  await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  const second = await outcome(a.open({ members: [ben] }));
  // That is earlier than a second try would be.
  await here.until(() => b.conversation(second.id) !== undefined, "the second one");
  // Why it had to stop, and why it cannot follow.
  expect(here.errors.map(({ code }) => code)).toEqual(["mls-leaf-credential", "mls-psk-unknown"]);
  expect(at(b, id)).toMatchObject({ phase: "halted", continuedBy: [] });
});
