import type { TransactionReceipt } from "ethers";

import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatAmount, formatR1, parseR1 } from "../lib/amounts.js";
import type { Answer } from "../lib/answer.js";
import { deedName, parseAddress } from "../lib/names.js";
import { approvePayment, signPermit } from "../lib/permit.js";
import { type Quote, quoteLines, readQuote } from "../lib/quote.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";
import type { AccountSigner } from "../lib/signers.js";
import { formatTime } from "../lib/times.js";

interface BuyArguments extends SenderArguments {
  readonly count: number;
  readonly maxPrice: string | undefined;
  readonly slippage: string;
  readonly deadline: number;
  readonly recipient: string | undefined;
  readonly approve: boolean;
}

/** What the buyer agrees to. */
interface Terms {
  readonly count: number;
  /** Wei. */
  readonly maximum: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
  readonly recipient: string;
}

export default action<BuyArguments>(async (args, session) => {
  const { contracts } = await session.protocol();
  const signer = await session.signer();
  const quote = await readQuote(await session.protocol(), args.count, args.slippage);
  const terms = await termsOf(args, quote, session);
  await requireFunds(contracts, signer.address, quote);
  session.terminal.show(
    ...quoteLines({ ...quote, maximum: terms.maximum }),
    `until    ${formatTime(terms.deadline)}`,
    "",
  );
  const transaction = args.approve
    ? await withApproval(session, contracts, terms)
    : await withPermit(contracts, signer, terms);
  const outcome = await send(session, { label: `buying ${args.count} deeds`, transaction });
  return answerOf(outcome, (receipt) => bought(contracts, quote, receipt));
});

async function termsOf(args: BuyArguments, quote: Quote, session: Session): Promise<Terms> {
  const { count, deadline: minutes, maxPrice, recipient } = args;
  if (minutes < 1 || minutes > 1_440) {
    throw new KeeperError("DEADLINE_INVALID", `--deadline: got ${minutes}, want 1 to 1440 minutes`);
  }
  const { address } = await session.signer();
  return {
    count,
    maximum: maxPrice === undefined ? quote.maximum : parseR1(maxPrice, "--max-price"),
    deadline: (await session.time()) + BigInt(minutes) * 60n,
    recipient: recipient === undefined ? address : parseAddress(recipient, "--recipient"),
  };
}

/** A buyer without enough R1 is told the price and the balance, not what the token's transfer says. */
async function requireFunds({ r1 }: ProtocolContracts, buyer: string, { payment, price, count }: Quote): Promise<void> {
  const balance = await r1.balanceOf(buyer);
  if (balance >= payment) return;
  const deeds = count === 1 ? "1 deed costs" : `${count} deeds cost`;
  const message = `${deeds} ${formatAmount(payment, price)}, and ${buyer} has ${formatAmount(balance, price)}: it lacks ${formatR1(payment - balance)}`;
  throw new KeeperError("FUNDS_MISSING", message);
}

async function withPermit(contracts: ProtocolContracts, signer: AccountSigner, terms: Terms) {
  const { nodeDeedSale } = contracts;
  const { count, maximum, deadline, recipient } = terms;
  const spender = await nodeDeedSale.getAddress();
  const { v, r, s } = await signPermit(contracts, signer, { spender, value: maximum, deadline });
  return nodeDeedSale.buyWithPermit.populateTransaction(count, maximum, deadline, recipient, v, r, s);
}

async function withApproval(session: Session, { nodeDeedSale }: ProtocolContracts, terms: Terms) {
  const { count, maximum, deadline, recipient } = terms;
  await approvePayment(session, await nodeDeedSale.getAddress(), maximum);
  return nodeDeedSale.buy.populateTransaction(count, maximum, deadline, recipient);
}

function bought({ nodeDeedSale }: ProtocolContracts, { price }: Quote, receipt: TransactionReceipt): Answer {
  const sold = receipt.logs
    .map((log) => nodeDeedSale.interface.parseLog(log))
    .find((event) => event?.name === "NodeDeedsSold");
  if (!sold) throw new Error("the receipt has no NodeDeedsSold event");
  const [, recipient, firstId, count, dollars, payment, burned] = sold.args as unknown as SoldEvent;
  const first = deedName(deedId(DeedKind.NODE, firstId));
  const last = deedName(deedId(DeedKind.NODE, firstId + count - 1n));
  const deeds = first === last ? first : `${first} to ${last}`;
  return {
    json: { firstDeed: first, lastDeed: last, count, recipient, dollars, payment, burned },
    lines: [
      `Bought ${deeds} for ${recipient}: paid ${formatAmount(payment, price)}, of which ${formatR1(burned)} burned.`,
    ],
  };
}

type SoldEvent = [
  buyer: string,
  recipient: string,
  firstId: bigint,
  count: bigint,
  dollars: bigint,
  payment: bigint,
  burned: bigint,
];
