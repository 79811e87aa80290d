import { action } from "../lib/action.js";
import { quoteLines, readQuote } from "../lib/quote.js";
import type { CommonArguments } from "../lib/session.js";

interface QuoteArguments extends CommonArguments {
  readonly count: number;
  readonly slippage: string;
}

export default action<QuoteArguments>(async ({ count, slippage }, session) => {
  const quote = await readQuote(await session.protocol(), count, slippage);
  const { dollars, payment, maximum, parts, price } = quote;
  return { json: { count, dollars, payment, maximum, tiers: parts, price: price ?? null }, lines: quoteLines(quote) };
});
