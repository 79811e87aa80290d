import { expect } from "chai";

import { type EmbeddedChain, startChain } from "../../../scripts/network/chain.js";

describe("the embedded chain", () => {
  let chain: EmbeddedChain;

  afterEach(() => chain.close());

  // A chain that took long to start once had its clock behind for as long as it lived.
  it("is not behind the machine's clock when it starts", async () => {
    const asked = Date.now();
    chain = await startChain();
    const block: unknown = await chain.connection.provider.request({
      method: "eth_getBlockByNumber",
      params: ["latest", false],
    });
    const { timestamp } = block as { timestamp: string };
    expect(Number(timestamp) * 1_000).to.be.at.least(asked);
  });
});
