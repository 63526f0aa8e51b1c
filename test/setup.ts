import fc from "fast-check";

// Property tests draw the same cases on every run and every machine; READBACK_SEED draws others.
const seed = Number(globalThis.process?.env?.READBACK_SEED ?? 20261123);
fc.configureGlobal({ seed });
