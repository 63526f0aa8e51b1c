import { afterEach, expect, test } from "vitest";
import type { Engine } from "../../src/client/engine.ts";
import { openAt } from "../../src/client/opening.ts";
import type { Session } from "../../src/client/session.ts";
import { openConversation } from "../../src/conversation/open.ts";
import { startRuntime } from "./hostile.ts";
import { type World, world } from "./world.ts";

let here: World;
afterEach(() => here.close());

test("a conversation that is gone again before it runs is told as one that goes on elsewhere, and never runs", async () => {
  here = world("gone again");
  const runtime = await startRuntime("ada@mercy.example", here);
  await here.until(() => runtime.presence.session !== undefined);
  const { engine } = runtime;
  const stored: string[] = [];
  // Somebody else's task comes between the one that stores it and whoever waits for that.
  const run: Engine["run"] = async (task) => {
    const value = await engine.run(task);
    stored.push(...engine.ids);
    await engine.run(() => engine.forget(String(value)));
    return value;
  };
  const late = new Proxy(engine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "run") return run;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const running: string[] = [];
  const place = {
    engine: late,
    begin(id: string) {
      running.push(id);
      return runtime.begin(id);
    },
  };
  const [suite] = engine.device.suites;
  const opened = openAt(
    place,
    runtime.presence.session as Session,
    (common, tools) => openConversation({ ...common, suite, subject: "", keyPackages: [] }, tools),
    undefined,
  );
  await expect(opened).rejects.toMatchObject({ code: "conversation-moved" });
  expect([stored.length, engine.ids, running]).toEqual([1, [], []]);
  await runtime.close();
});
