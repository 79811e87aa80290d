import { builtinRules } from "eslint/use-at-your-own-risk";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const GENERATED = [
  "artifacts/",
  "cache/",
  "coverage/",
  "data/",
  "typechain-types/",
  "deploy/deployments/",
  "sdk/deeployApi.ts",
];

/** ESLint's own recommended set, without the package that lists it. */
const recommended = Object.fromEntries(
  [...builtinRules]
    .filter(([, { meta }]) => meta.docs.recommended && !meta.deprecated)
    .map(([name]) => [name, "error"]),
);

const message = "Time, chance and the environment are dependencies: take a Clock, a Random or a parsed config.";
const forbid = (...names) => names.map((name) => ({ name, message }));
const forbidProperties = (...pairs) => pairs.map(([object, property]) => ({ object, property, message }));

/** Outside keepers/core, keepers get time, randomness and configuration from what they are given. */
const injectedOnly = {
  "no-restricted-globals": ["error", ...forbid("setTimeout", "setInterval", "setImmediate", "performance", "crypto")],
  "no-restricted-imports": [
    "error",
    { paths: forbid("timers", "timers/promises", "node:timers", "node:timers/promises", "process", "node:process") },
  ],
  "no-restricted-properties": [
    "error",
    ...forbidProperties(["Date", "now"], ["Math", "random"], ["process", "env"], ["process", "hrtime"]),
  ],
  "no-restricted-syntax": ["error", { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message }],
};

export default defineConfig(
  globalIgnores(GENERATED),
  { linterOptions: { reportUnusedDisableDirectives: "error", reportUnusedInlineConfigs: "error" } },
  {
    rules: {
      ...recommended,
      eqeqeq: "error",
      "max-lines": ["error", 400],
      "no-console": "error",
      "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx"] }],
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: { globals: { module: "writable", process: "readonly", URL: "readonly" } },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // The compiler demands brackets for index signatures (noPropertyAccessFromIndexSignature).
      "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      // An index that is known to be in range is asserted with `as`, which no-non-null-assertion makes the only way.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingAny: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ["keepers/**/*.ts"], rules: { complexity: ["error", 9] } },
  { files: ["keepers/**/*.ts"], ignores: ["keepers/core/**"], rules: injectedOnly },
  {
    files: ["test/**/*.ts"],
    rules: {
      // Chai asserts by reading a property, and an element that is missing fails the test by itself.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
);
