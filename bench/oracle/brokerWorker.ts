import { EmbeddedBroker } from "../../keepers/transport/embeddedBroker.js";
import { serve } from "./workers.js";

const handlers = {
  /** Gives the URL. */
  listen: async (): Promise<string> => (await EmbeddedBroker.start({ port: 0, maximumPacketBytes: 100_000 })).url,
};

export type BrokerHandlers = typeof handlers;

serve(handlers);
