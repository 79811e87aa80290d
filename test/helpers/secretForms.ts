/** The ways in which a text, or the bytes that its hexadecimal digits stand for, could be written down. Each is long enough to be no accident. */
export function formsOf(secret: string): string[] {
  const texts = [Buffer.from(secret, "utf8")];
  const isHex = /^0x(?:[0-9a-f]{2}){8,}$/iu.test(secret);
  if (isHex) texts.push(Buffer.from(secret.slice(2), "hex"));
  const forms = texts.flatMap((bytes) => [
    bytes.toString("utf8"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    bytes.toString("base64").replace(/=+$/u, ""),
    bytes.toString("base64url"),
    bytes.toString("latin1"),
    encodeURIComponent(bytes.toString("latin1")),
    JSON.stringify([...bytes]).slice(1, -1),
  ]);
  forms.push(
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  );
  // As numbers side by side, the way Node shows buffers.
  forms.push(...texts.map((bytes) => bytes.toString("hex").replace(/(..)(?!$)/gu, "$1 ")));
  const usable = isHex ? forms.filter((form) => !form.includes("\ufffd")) : forms;
  return [...new Set(isHex ? [...usable, secret.slice(2)] : usable)].filter((form) => form.length >= 8);
}

/** Which of the secrets stand in a text, in whatever form; their names. */
export function secretsIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
    .map(([name]) => name);
}
