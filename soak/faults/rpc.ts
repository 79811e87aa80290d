import { found } from "./parts.js";
import type { MakeFault } from "./types.js";

/** The keeper's path to the chain fails in one of many ways; see `RpcProxy`. */
export const rpc: MakeFault = async ({ proxies }, { target, mode }) => {
  const proxy = found(proxies.get(target), target);
  await proxy.set(mode);
  return () => proxy.set(undefined);
};
