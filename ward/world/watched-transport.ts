import type { Connection, ConnectionHandler, Transport } from "@readback/core";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeRelayMessage,
  encodeClientMessage,
  encodeRelayMessage,
  FrameAssembler,
  maximumMessageSize,
  type RelayMessage,
  splitMessage,
} from "@readback/core/wire";
import type { Witness } from "../invariants/witness.ts";
import { copied } from "../kernel/slab.ts";
import type { Device } from "./device.ts";

/**
 * A relay that is not what it should be, as one device meets it: it sees whole messages and may do anything to them.
 * Requests are numbered by their connection, of which a device with two processes has several.
 */
export interface Between {
  /** What the relay gets instead of `message`; `undefined`: the message as it is. */
  fromClient?(message: ClientMessage, connection: object): readonly ClientMessage[] | undefined;
  /** What the device gets instead of `message`; `undefined`: the message as it is. */
  fromRelay?(message: RelayMessage, connection: object): readonly RelayMessage[] | undefined;
}

/** A transport whose every byte is seen, and on which somebody may stand in between. */
export function watchedTransport(inner: Transport, device: Device, witness: Witness): Transport {
  return {
    async connect(handler: ConnectionHandler, signal: AbortSignal): Promise<Connection> {
      const sent = new FrameAssembler(maximumMessageSize.afterLogin);
      const got = new FrameAssembler(maximumMessageSize.afterLogin);
      const tell = (message: RelayMessage): void => {
        for (const frame of splitMessage(encodeRelayMessage(message))) handler.onFrame(frame);
      };
      device.tell = tell;
      const connection = await inner.connect(
        {
          onFrame(frame) {
            const { between } = device;
            const bytes = got.push(copied(frame));
            const message = bytes && decodeRelayMessage(bytes);
            if (message !== undefined) witness.onReceived(device, message);
            if (between?.fromRelay === undefined) return handler.onFrame(frame);
            if (message === undefined) return;
            for (const one of between.fromRelay(message, sent) ?? [message]) tell(one);
          },
          onClose: (reason) => handler.onClose(reason),
        },
        signal,
      );
      device.ask = async (message) => {
        for (const part of splitMessage(encodeClientMessage(message))) await connection.send(part);
      };
      return {
        async send(frame) {
          witness.onFrame(frame);
          const bytes = sent.push(copied(frame));
          if (bytes === undefined) return connection.send(frame);
          const message = decodeClientMessage(bytes);
          witness.onSent(device, message);
          const instead = device.between?.fromClient?.(message, sent);
          if (instead === undefined) return connection.send(frame);
          for (const one of instead) {
            for (const part of splitMessage(encodeClientMessage(one))) await connection.send(part);
          }
        },
        close: () => connection.close(),
      };
    },
  };
}
