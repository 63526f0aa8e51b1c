/** What the page and the process that listens for it say to each other, over a WebSocket of their own. */
export type RemoteMessage =
  // from the page: calls, each answered with `done`
  | { type: "send" | "close"; call: number; id: number }
  | { type: "cut" | "stop"; call: number }
  // from the process
  | { type: "ready"; url: string }
  | { type: "opened" | "frame"; id: number }
  | { type: "closed"; id: number; kind: "local" | "remote" | "failed"; code: number | undefined }
  | { type: "done"; call: number; error: string | undefined };

const newline = 10;

/** A message as bytes: JSON, a line feed, and a frame where one belongs to it. */
export function write(message: RemoteMessage, frame: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  const bytes = new Uint8Array(head.length + frame.length);
  bytes.set(head);
  bytes.set(frame, head.length);
  return bytes;
}

/** The message and the frame that {@link write} made bytes of. */
export function read(data: ArrayBuffer): [RemoteMessage, Uint8Array] {
  const bytes = new Uint8Array(data);
  const end = bytes.indexOf(newline);
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), bytes.slice(end + 1)];
}
