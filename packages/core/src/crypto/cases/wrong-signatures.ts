import type { NistFact } from "./nist-facts.ts";

/** The signature of a fact in its one right form: DER of RFC 3279. */
export function rightSignature({ r, s }: NistFact): string {
  return sequence(integer(r) + integer(s));
}

/** The same signature with the other s, which is as valid. */
export function otherSignature({ r, s, order }: NistFact): string {
  return sequence(integer(r) + integer(minus(order, s)));
}

/** One signature in forms that BER readers take, and things that are near to one. */
export function wrongSignatures(fact: NistFact): readonly (readonly [why: string, signature: string])[] {
  const { r, s, order } = fact;
  const right = rightSignature(fact);
  const [R, S] = [integer(r), integer(s)];
  const content = R + S;
  const size = byte(content.length / 2);
  const length = lengthOf(content);
  // Whichever of the two values of s needs no padding.
  const plain = [s, minus(order, s)].map(stripped).find((value) => !isHigh(value)) ?? s;
  // Without its padding an integer with the high bit would be negative.
  const negative = [r, s, minus(order, s)].map(stripped).find(isHigh) ?? r;
  return [
    ["nothing", ""],
    ["r and s without DER", r + s],
    ["a byte behind", `${right}00`],
    ["a byte behind, inside", sequence(`${content}00`)],
    ["a third integer", sequence(`${content}020101`)],
    ["one integer", sequence(R)],
    ["no integers", "3000"],
    ["a set", right.replace(/^30/, "31")],
    ["a primitive sequence", right.replace(/^30/, "10")],
    ["a length in longer form", length.length === 2 ? `3081${size}${content}` : `308200${size}${content}`],
    ["a length in the longest form", `308300${"00"}${size}${content}`],
    ["a length of one byte with its high bit", `30${byte(0x80 | (content.length / 2))}${content}`],
    ["an indefinite length", `3080${content}0000`],
    ["a length that is too small", `30${length.slice(0, -2)}${byte(content.length / 2 - 1)}${content}`],
    ["a length that is too large", `30${length.slice(0, -2)}${byte(content.length / 2 + 1)}${content}`],
    ["an integer with its length in long form", sequence(`0281${R.slice(2)}${S}`)],
    ["a negative r", sequence(tagged(negative) + S)],
    ["a negative s", sequence(R + tagged(negative))],
    ["r padded once more", sequence(tagged(`00${R.slice(4)}`) + S)],
    ["s padded once more", sequence(R + tagged(`00${S.slice(4)}`))],
    ["s padded without need", sequence(R + tagged(`00${plain}`))],
    ["an empty r", sequence(`0200${S}`)],
    ["an empty s", sequence(`${R}0200`)],
    ["r as an octet string", sequence(`${R.replace(/^02/, "04")}${S}`)],
    ["s as a bit string", sequence(`${R}${S.replace(/^02/, "03")}`)],
    ["r is zero", sequence(`020100${S}`)],
    ["s is zero", sequence(`${R}020100`)],
    ["r is one", sequence(`020101${S}`)],
    ["r is the order", sequence(integer(order) + S)],
    ["s is the order", sequence(R + integer(order))],
    ["r with a byte in front", sequence(tagged(`01${R.slice(4)}`) + S)],
    ["r with two bytes in front", sequence(tagged(`0101${R.slice(4)}`) + S)],
    ["r and s exchanged", sequence(S + R)],
    ["s longer than the sequence", sequence(`${R}02${byte(S.length / 2 + 12)}${S.slice(4)}`)],
  ];
}

function sequence(content: string): string {
  return `30${lengthOf(content)}${content}`;
}

/** An INTEGER of the value in its shortest form. */
function integer(value: string): string {
  const digits = stripped(value);
  return tagged(isHigh(digits) ? `00${digits}` : digits);
}

function tagged(digits: string): string {
  return `02${lengthOf(digits)}${digits}`;
}

function lengthOf(content: string): string {
  const length = content.length / 2;
  return length < 128 ? byte(length) : `81${byte(length)}`;
}

function stripped(value: string): string {
  return value.replace(/^(?:00)+(?=..)/, "");
}

function isHigh(digits: string): boolean {
  return Number.parseInt(digits.slice(0, 2), 16) > 0x7f;
}

function minus(a: string, b: string): string {
  return (BigInt(`0x${a}`) - BigInt(`0x${b}`)).toString(16).padStart(a.length, "0");
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
