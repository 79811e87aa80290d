import { type Environment, optional, withDefault } from "../core/config.js";
import { oneOf, port, secretText, text, url } from "../core/variableKinds.js";

/** Every variable about how jobs are reached from outside. */
export const gatewaySpecification = {
  gatewayHost: withDefault("GATEWAY_HOST", text(255), "127.0.0.1"),
  gatewayPort: withDefault("GATEWAY_PORT", port(), 8480),
  gatewayDomain: optional("GATEWAY_DOMAIN", text(190)),
  gatewayKeyFile: optional("GATEWAY_TLS_KEY", text()),
  gatewayCertificateFile: optional("GATEWAY_TLS_CERT", text()),
  gatewayUrl: optional("NODE_GATEWAY_URL", url(["http", "https"])),
  tunnel: withDefault("TUNNEL", oneOf(["off", "cloudflared"]), "off"),
  tunnelProgram: withDefault("TUNNEL_PROGRAM", text(), "cloudflared"),
  tunnelToken: optional("TUNNEL_TOKEN", secretText()),
  tunnelUrl: optional("TUNNEL_URL", url(["https"])),
};

/** What does not go together. */
export function gatewayProblems(environment: Environment): string[] {
  const has = (name: string): boolean => (environment[name]?.trim() ?? "") !== "";
  const problems: string[] = [];
  if (has("GATEWAY_TLS_KEY") !== has("GATEWAY_TLS_CERT")) {
    problems.push("GATEWAY_TLS_KEY and GATEWAY_TLS_CERT: want both or neither");
  }
  if (has("TUNNEL_TOKEN") !== has("TUNNEL_URL")) problems.push("TUNNEL_TOKEN and TUNNEL_URL: want both or neither");
  if (environment["TUNNEL"]?.trim() === "cloudflared" && has("GATEWAY_TLS_KEY")) {
    problems.push("GATEWAY_TLS_KEY: wants to be empty, because TUNNEL leads to the gateway's plain HTTP");
  }
  return problems;
}
