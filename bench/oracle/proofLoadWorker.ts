import { Agent, get } from "node:http";

import { SeededRandom } from "../../keepers/core/random.js";
import { leafHash, LeafKind } from "../../keepers/protocol/leaf.js";
import { bytesToHex, type Hash } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { MerkleTree } from "../../keepers/protocol/merkleTree.js";
import { serve } from "./workers.js";

interface Proof {
  readonly root: Hash;
  readonly deed: string;
  readonly cumulative: string;
  readonly proof: readonly Hash[];
}

/** What is asked for: of the newest `epochs`, of the first `deeds` Node Deeds. */
export interface Asked {
  readonly url: string;
  readonly roots: readonly Hash[];
  readonly deeds: number;
  readonly requests: number;
  readonly connections: number;
}

/** Of so many proofs one is checked. */
const CHECKED_EVERY = 50;

const handlers = {
  /** Asks for proofs of random deeds at random epochs over connections that stay open. Rejects when one is wrong. */
  ask: async (asked: Asked): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: asked.connections });
    const random = new SeededRandom("proofs");
    let left = asked.requests;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const epoch = random.integer(asked.roots.length);
        const deed = 1 + random.integer(asked.deeds);
        const body = await fetchText(agent, `${asked.url}/epochs/${epoch}/proofs/ND:${deed}`);
        if (left % CHECKED_EVERY === 0) check(body, asked.roots[epoch] as Hash, deed);
      }
    };
    await Promise.all(Array.from({ length: asked.connections }, client));
    agent.destroy();
  },
};

export type ProofLoadHandlers = typeof handlers;

function fetchText(agent: Agent, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${url}: ${response.statusCode} ${body}`));
      });
      response.on("error", reject);
    }).on("error", reject);
  });
}

function check(body: string, root: Hash, number: number): void {
  const answer = JSON.parse(body) as Proof;
  const deed = deedId(DeedKind.NODE, BigInt(number));
  const leaf = bytesToHex(leafHash(LeafKind.AVAILABILITY, deed, BigInt(answer.cumulative)));
  const isRight =
    answer.root === root && answer.deed === deed.toString() && MerkleTree.verify(root, leaf, answer.proof);
  if (!isRight) throw new Error(`a wrong proof: ${body}`);
}

serve(handlers);
