import type { Address } from "../../protocol/bytes.js";
import type { Link } from "../../protocol/links.js";
import type { LinkDirectory } from "./views.js";

/** The links by node, replaced as a whole when the chain moves: heartbeats come far more often than blocks. */
export class LinkIndex implements LinkDirectory {
  #links: readonly Link[] = [];
  #byNode = new Map<Address, Link>();

  /** The links last given, in their order. */
  get links(): readonly Link[] {
    return this.#links;
  }

  linkOfNode(node: Address): Link | undefined {
    return this.#byNode.get(node);
  }

  /** Does nothing when they are the very same array. */
  replace(links: readonly Link[]): void {
    if (links === this.#links) return;
    this.#links = links;
    this.#byNode = new Map(links.map((link) => [link.node, link]));
  }
}
