import { expect, test } from "vitest";
import { AddressCount, networkOf } from "../src/server/address-count.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::FFFF:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:1:2:3:4:5::", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
  ["1:2:3:4:5:6:192.0.2.7", "1:2:3:4::/64"],
  [undefined, undefined],
  ["anything else", "anything else"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("counts to its limits and forgets who left, once", () => {
  const count = new AddressCount(3, 2);
  const taken = ["a", "a", undefined].map((address) => count.take(address));
  expect(taken.every((release) => typeof release === "function")).toBe(true);
  expect(count.take("a")).toBe("total");
  const [first, , third] = taken as (() => void)[];
  third?.();
  third?.();
  expect(count.take("a")).toBe("address");
  expect(typeof count.take("b")).toBe("function");
  expect(count.total).toBe(3);
  first?.();
  expect(typeof count.take("a")).toBe("function");
  expect(count.take("c")).toBe("total");
});
