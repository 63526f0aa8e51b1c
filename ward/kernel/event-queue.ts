/** Something that will happen at a time. */
export interface Event {
  readonly at: number;
  /** Of two at the same time the one asked for first comes first. */
  readonly order: number;
  readonly kind: EventKind;
  run(): void;
  cancelled: boolean;
}

/** What counts as an event; each is one call into the code under test, after which it runs until nothing is ready. */
export type EventKind =
  | "frame"
  | "connection"
  | "timer"
  | "write"
  | "read"
  | "relay-store"
  | "action"
  | "fault";

/** A binary heap: the earliest event first. */
export class EventQueue {
  readonly #heap: Event[] = [];

  /** How many wait, cancelled ones included. */
  get size(): number {
    return this.#heap.length;
  }

  /** The earliest that was not cancelled, left where it is. */
  peek(): Event | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || !first.cancelled) return first;
      this.#removeFirst();
    }
  }

  /** Takes the earliest that was not cancelled. */
  pop(): Event | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
