/** The version of the protocol between client and relay, and of the log profile RB-1. */
export const protocolVersion = 1;
