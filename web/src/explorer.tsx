// The page at /graphql: GraphiQL with one tab per model.
import "./workers";
import "@fontsource/fira-code/latin-400.css";
import "@fontsource/roboto/latin-400.css";
import "@fontsource/roboto/latin-500.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./explorer.css";

import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { fetcherFor } from "./fetcher";
import { pageData, pageRoot } from "./page";
import { lastOpen, storageFor } from "./storage";

interface Example {
  query: string;
  variables: string;
}

interface ExplorerData {
  endpoint: string;
  digest: string;
  examples: Example[];
}

const { endpoint, digest, examples } = pageData<ExplorerData>();
const storage = storageFor(digest);
// GraphiQL fills the tabs by itself, but not always the editors of the one that is open: it forgets its variables.
const open = lastOpen(storage) ?? examples[0];
const initially = open && { initialQuery: open.query, initialVariables: open.variables };

createRoot(pageRoot()).render(
  <GraphiQL
    fetcher={fetcherFor(endpoint)}
    defaultTabs={examples}
    defaultEditorToolsVisibility="variables"
    inputValueDeprecation
    schemaDescription
    storage={storage}
    {...initially}
  >
    <GraphiQL.Logo>predictql</GraphiQL.Logo>
  </GraphiQL>,
);
