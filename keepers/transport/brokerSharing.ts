import type { Aedes, AedesPublishPacket, Client } from "aedes";
import { SharedGroups } from "./sharedGroups.js";
import { isShared, ownFilter } from "./topics.js";

type Deliver = (packet: AedesPublishPacket, done: () => void) => void;

/**
 * Shared subscriptions for aedes, which has none and takes `$share/…` for a topic that nobody publishes under. The broker
 * itself subscribes once for each group, and hands what it gets to one member. Members get messages with qos 0 or 1, as
 * published.
 */
export function installSharing(aedes: Aedes): { readonly join: (client: Client, filter: string) => void } {
  const groups = new SharedGroups<Client>();
  const listeners = new Map<string, Deliver>();

  const join = (client: Client, filter: string): void => {
    if (!isShared(filter) || !groups.add(filter, client)) return;
    const deliver: Deliver = (packet, done) => {
      const member = groups.next(filter, ({ closed }) => !closed);
      if (member === undefined) return done();
      member.publish({ ...packet, retain: false }, () => done());
    };
    listeners.set(filter, deliver);
    aedes.subscribe(ownFilter(filter), deliver, () => undefined);
  };

  const leave = (client: Client, filter: string): void => {
    if (!groups.remove(filter, client)) return;
    const deliver = listeners.get(filter);
    listeners.delete(filter);
    if (deliver !== undefined) aedes.unsubscribe(ownFilter(filter), deliver, () => undefined);
  };

  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) leave(client, filter);
  });
  aedes.on("clientDisconnect", (client) => {
    for (const filter of groups.filters) leave(client, filter);
  });
  return { join };
}
