/** The two sides, in the order in which they speak. */
export const hospitals = [
  { name: "Mercy", person: "a.marsh@mercy.example", database: "mercy.db", key: "mercy.key" },
  { name: "St. Luke's", person: "b.quist@st-lukes.example", database: "st-lukes.db", key: "st-lukes.key" },
] as const;

/** Which hospital: the first speaks the even lines, counted from zero. */
export type Side = 0 | 1;

/** What both speak about. */
export const subject = "Cardiology consult";

/** The relay's file. */
export const relayDatabase = "relay.db";

/** Who says a line, counted from zero. */
export function speakerOf(line: number): Side {
  return line % 2 === 0 ? 0 : 1;
}

/** The one who does not. */
export function otherThan(side: Side): Side {
  return side === 0 ? 1 : 0;
}

/** A line's place among those of its speaker, counted from zero. */
export function turnOf(line: number): number {
  return Math.floor(line / 2);
}

/** The reverse of {@link turnOf}. */
export function lineOf(side: Side, turn: number): number {
  return turn * 2 + side;
}
