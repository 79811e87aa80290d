import { BlockList, isIP } from "node:net";

/** Not of the public internet: this host, local networks, what is kept for special purposes. */
const IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];

/** All that is public lies in here, */
const IPV6_PUBLIC = ["2000::/3"];
/** but for this: it leads elsewhere (6to4, Teredo), or is for documentation. */
const IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const special4 = listOf(IPV4, "ipv4");
const public6 = listOf(IPV6_PUBLIC, "ipv6");
const special6 = listOf(IPV6, "ipv6");

/** Whether an address, IPv4 or IPv6, is one that anybody on the internet may be asked to visit. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special4.check(address, "ipv4");
    case 6:
      return public6.check(address, "ipv6") && !special6.check(address, "ipv6");
    default:
      return false;
  }
}

function listOf(ranges: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
