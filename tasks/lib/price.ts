import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { MockV3Aggregator__factory } from "../../typechain-types/index.js";
import type { R1Price } from "./amounts.js";
import type { Protocol } from "./protocol.js";

/** Dollars for one R1 by the feed of the sale, or of another reader; undefined when it gives none that this would believe. */
export async function readPrice(
  { contracts, provider }: Protocol,
  reader: Pick<ProtocolContracts["nodeDeedSale"], "feedConfig"> = contracts.nodeDeedSale,
): Promise<R1Price | undefined> {
  const { feed, least, most } = await reader.feedConfig();
  // Any Chainlink-style feed has these functions; the mock is the one whose interface is compiled here.
  const aggregator = MockV3Aggregator__factory.connect(feed, provider);
  try {
    const [{ answer: price }, decimals] = await Promise.all([aggregator.latestRoundData(), aggregator.decimals()]);
    return price < least || price > most ? undefined : { price, decimals };
  } catch {
    return undefined; // a feed that fails takes the dollars from the display, nothing else
  }
}
