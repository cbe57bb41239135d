// Draws the policy's form in Chromium and fills it in as a person would: each extraction with
// each pricing. Writes a JSON line for each of them: what was shown, and what came out.
//
//   node fill.mjs SCHEMA [--screenshots DIR]
import { mkdirSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: "string" } },
});
const schema = JSON.parse(readFileSync(positionals[0], "utf8"));
const folder = import.meta.dirname;
const bundle = await build({
  entryPoints: [`${folder}/page.jsx`],
  bundle: true,
  write: false,
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 760, height: 900 } });
page.setDefaultTimeout(10_000);
page.on("pageerror", (error) => {
  throw error;
});

// A new form, with these branches picked by their titles.
async function open(chosen) {
  await page.setContent('<!doctype html><meta charset="utf-8"><body></body>');
  await page.addStyleTag({ path: `${folder}/page.css` });
  await page.addScriptTag({ content: bundle.outputFiles[0].text });
  await page.evaluate((schema) => window.show(schema), schema);
  for (const [part, branch] of Object.entries(chosen)) {
    await page.selectOption(`#root_${part}__oneof_select`, { label: branch.title });
  }
}

// The fields that a person sees for these branches.
function fields(chosen) {
  return Object.entries(chosen).flatMap(([part, branch]) =>
    Object.entries(branch.properties)
      .filter(([, property]) => !("const" in property))
      .map(([name, property]) => ({
        id: `#root_${part}_${name}`,
        key: `${branch.title} ${name}`,
        property,
        mandatory: branch.required.includes(name),
      })),
  );
}

async function fill({ id, property }, value) {
  if (property.enum) await page.selectOption(id, { label: String(value) });
  else if (property.type === "boolean") await page.setChecked(id, value);
  else if (["string", "number", "integer"].includes(property.type)) {
    await page.fill(id, String(value));
  } else throw new Error(`${id}: fill.mjs cannot fill in ${JSON.stringify(property)}`);
}

// What comes out; null where the form refuses what is in it.
async function submit() {
  await page.evaluate(() => delete window.submitted);
  await page.click("button[type=submit]");
  await page.waitForFunction(() => window.submitted !== undefined);
  return page.evaluate(() => window.submitted);
}

async function screenshot(name) {
  if (!values.screenshots) return;
  mkdirSync(values.screenshots, { recursive: true });
  await page.screenshot({ path: `${values.screenshots}/${name}.png`, fullPage: true });
}

function right({ property }) {
  return property.examples[0];
}

// Values that a field must refuse.
function wrong({ property, mandatory }) {
  return [
    ...(mandatory ? [""] : []),
    ...("exclusiveMinimum" in property ? [property.exclusiveMinimum, -1] : []),
    ...("pattern" in property ? ["?"] : []),
  ];
}

// What the form says at a field with a wrong value.
async function refusal(field, value) {
  await fill(field, value);
  const submitted = await submit();
  const said = await page.locator(`${field.id}__error`).allInnerTexts();
  const elsewhere = await page.locator(`.error-detail:not(${field.id}__error)`).allInnerTexts();
  return { field: field.id, value, submitted, said: said.join("\n"), elsewhere };
}

async function fillIn(chosen) {
  const [extraction, pricing] = Object.values(chosen).map((branch) => branch.properties.type.const);
  await open(chosen);
  const shown = await page.innerText("body");
  await screenshot(`${extraction}-${pricing}`);
  const untouched = await submit();
  if (untouched === null) await screenshot(`${extraction}-${pricing}-untouched`);
  const all = fields(chosen);
  for (const field of all.filter(({ mandatory }) => mandatory)) await fill(field, right(field));
  const least = await submit();
  for (const field of all) await fill(field, right(field));
  const whole = await submit();
  const refused = [];
  for (const field of all.filter(({ key }) => !tried.has(key))) {
    tried.add(field.key);
    for (const value of wrong(field)) refused.push(await refusal(field, value));
    await fill(field, right(field));
  }
  const outcome = { extraction, pricing, shown, untouched, least, whole, refused };
  console.log(JSON.stringify(outcome));
}

// Fields that were given wrong values already: once for each is enough.
const tried = new Set();
for (const extraction of schema.properties.extraction.oneOf) {
  for (const pricing of schema.properties.pricing.oneOf) await fillIn({ extraction, pricing });
}
await browser.close();
