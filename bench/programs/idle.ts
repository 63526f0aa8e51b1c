/** What a process of Node costs that does nothing. */
import { answerOrders, type IdleOrders } from "./orders.ts";

answerOrders<IdleOrders>({ memory: async () => process.memoryUsage.rss() });
