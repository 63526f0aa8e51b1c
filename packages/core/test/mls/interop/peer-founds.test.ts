import { testHistories } from "./histories.ts";

testHistories("peer");
