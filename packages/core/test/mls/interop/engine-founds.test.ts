import { testHistories } from "./histories.ts";

// In two files, so that they run at the same time.
testHistories("engine");
