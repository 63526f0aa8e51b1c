// A program of its own: V8 tells of blocks only where it compiles the sources themselves.
import { Coverage } from "../../fuzz/coverage.ts";
import { fuzz } from "../../fuzz/fuzz.ts";

const isGuided = process.argv[2] === "guided";
const coverage = isGuided ? new Coverage((url) => url.includes("toy-decoder")) : undefined;
const { toy } = await import("./toy-decoder.ts");
const { findings } = await fuzz(toy, { seed: 1, runs: 20_000, coverage });
console.log(JSON.stringify(findings.map(({ what, input }) => [what, input.length])));
