import { createClient, memoryStorage, unsafeDevelopmentIdentity } from "@readback/core";
import { memoryRelay } from "@readback/relay";
import { expect, test } from "vitest";
import { allMessages } from "../history.ts";

test.each([
  [499, 3],
  [500, 3],
  [0, 3],
])("all messages of a conversation: %i that have their place and %i that wait", async (placed, waiting) => {
  const relay = memoryRelay({
    limits: { sends: { burst: 10_000, perMinute: 1 }, requests: { burst: 10_000, perMinute: 1 } },
  });
  const join = async (person: string) => {
    const transport = relay.transport();
    const client = await createClient({
      identity: unsafeDevelopmentIdentity({ person }),
      transport,
      storage: memoryStorage(),
    });
    await client.online();
    return client;
  };
  const [ada, ben] = [await join("ada@mercy.example"), await join("ben@st-lukes.example")];
  const conversation = await ada.open({ members: [ben.person] });
  const texts = Array.from({ length: placed + waiting }, (_, index) => `message ${index}`);
  for (const [index, text] of texts.entries()) {
    if (index === placed) await relay.close();
    const message = await conversation.send(text);
    if (index === placed - 1) await message.reached("sent");
  }
  expect((await allMessages(conversation)).map(({ text }) => text)).toEqual(texts);
  await Promise.all([ada.close(), ben.close(), relay.close()]);
});
