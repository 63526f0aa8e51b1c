/** The longest line that can be sent: bytes of UTF-8, as for every message. */
export const longestLine = 16_384;

/** What a person asked for cannot be done as asked; the message says why. Nothing was started. */
export class Refusal extends Error {}

/**
 * The messages in a text file, one a line, without the empty lines. Throws {@link Refusal}, naming the line, where the
 * file is not UTF-8 or a line is too long.
 */
export function readScript(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  let number = 0;
  for (const line of splitLines(bytes)) {
    number += 1;
    if (line.length > longestLine) {
      throw new Refusal(`line ${number} has ${line.length} bytes; a message has at most ${longestLine}`);
    }
    const text = decodeLine(line, number);
    if (text !== "") lines.push(text);
  }
  return lines;
}

/** Lines end with LF or CR LF; a mark at the start of the file says only that it is UTF-8. */
function* splitLines(bytes: Uint8Array): Generator<Uint8Array> {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let start = hasMark ? 3 : 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const hasReturn = end > start && bytes[end - 1] === 0x0d;
    yield bytes.subarray(start, hasReturn ? end - 1 : end);
    start = end + 1;
  }
}

function decodeLine(line: Uint8Array, number: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    throw new Refusal(`line ${number} is not UTF-8`);
  }
}

/** Whether its author wants a message read back: it begins with this word. */
export function isCritical(text: string): boolean {
  return /^CRITICAL\b/.test(text);
}

/**
 * What a careful reader answers to a critical message: its values, in the words of its first sentence. Here a program
 * plays the reader; in an application a person says it.
 */
export function readBackOf(text: string): string {
  const [sentence = ""] = text.replace(/^CRITICAL:?\s*/, "").split(/(?<=[.!?])\s/);
  return [...`Read back: ${sentence}`].slice(0, 500).join("");
}
