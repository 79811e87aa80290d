/** A JSON schema, as far as fuzzing reads it. */
export interface JsonSchema {
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: JsonSchema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> };
}

/** One operation of an API. */
export interface ApiRoute {
  readonly method: string;
  /** Parameters in braces. */
  readonly path: string;
  readonly inPath: Readonly<Record<string, JsonSchema>>;
  readonly inQuery: Readonly<Record<string, JsonSchema>>;
  readonly body: JsonSchema | undefined;
}

/** Every operation of an OpenAPI document, and the document's own address. */
export function routesOf(document: unknown): ApiRoute[] {
  const { paths } = document as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => routeOf(method.toUpperCase(), path, operation)),
  );
  return [...described, { method: "GET", path: "/openapi.json", inPath: {}, inQuery: {}, body: undefined }];
}

function routeOf(method: string, path: string, { parameters = [], requestBody }: Operation): ApiRoute {
  const schemas = (place: string) =>
    Object.fromEntries(
      parameters.filter((parameter) => parameter.in === place).map(({ name, schema = {} }) => [name, schema]),
    );
  const [content] = Object.values(requestBody?.content ?? {});
  return { method, path, inPath: schemas("path"), inQuery: schemas("query"), body: content?.schema };
}
