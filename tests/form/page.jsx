// The policy's form in react-jsonschema-form, as `window.show(schema)` draws it. What was
// submitted is in `window.submitted`.
import Form from "@rjsf/core";
import { customizeValidator } from "@rjsf/validator-ajv8";
import Ajv2019 from "ajv/dist/2019";
import { createRoot } from "react-dom/client";

const validator = customizeValidator({ AjvClass: Ajv2019, suppressDuplicateFiltering: "oneOf" });
const hidden = { type: { "ui:widget": "hidden" } };
// The selector above the branches says the type already.
const uiSchema = { extraction: hidden, pricing: hidden };

// A validator of `oneOf` says what is wrong with each branch. Those of another type are not
// what was picked, and what is wrong with the one that was is said at its fields.
function ofTheBranch(errors) {
  const branch = ({ schemaPath }) => schemaPath?.match(/^.*oneOf\/\d+/)?.[0];
  const others = errors.filter(({ name }) => name === "const").map(branch);
  const own = errors.filter((error) => error.name !== "oneOf" && !others.includes(branch(error)));
  return own.length ? own : errors;
}

// What is chosen is said above the selector, as the original's console does.
function MultiSchemaFieldTemplate({ schema, selector, optionSchemaField }) {
  return (
    <section>
      <h2>{schema.title}</h2>
      <p>{schema.description}</p>
      {selector}
      {optionSchemaField}
    </section>
  );
}

function Policy({ schema }) {
  return (
    <Form
      schema={schema}
      uiSchema={uiSchema}
      validator={validator}
      templates={{ MultiSchemaFieldTemplate }}
      noHtml5Validate
      showErrorList={false}
      transformErrors={ofTheBranch}
      onSubmit={({ formData }) => (window.submitted = formData)}
      onError={() => (window.submitted = null)}
    />
  );
}

window.show = (schema) => createRoot(document.body).render(<Policy schema={schema} />);
