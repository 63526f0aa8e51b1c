/** Who plays in the scenarios. Mallory does what no client does. */
export const ada = "ada@mercy.example";
export const ben = "ben@stlukes.example";
export const cleo = "cleo@mercy.example";
export const dora = "dora@summit.example";
export const mallory = "mallory@summit.example";
