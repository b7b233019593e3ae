import type { GraphiQLProps } from "graphiql";
import { Kind, parse } from "graphql";

type Fetcher = GraphiQLProps["fetcher"];

/** Sends operations to `endpoint`. What is no GraphQL answer is shown as an error that says what came instead. */
export function fetcherFor(endpoint: string): Fetcher {
  return async (operation, options) => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(endpoint, {
        method: "POST",
        headers: {
          accept: "application/graphql-response+json, application/json",
          "content-type": "application/json",
          ...options?.headers,
        },
        body: JSON.stringify({ ...operation, operationName: nameIn(operation.query, operation.operationName) }),
      });
      text = await response.text();
    } catch (error) {
      return failure(`No answer from ${endpoint} (${String(error)}). Is the server still running?`);
    }
    try {
      return JSON.parse(text);
    } catch {
      return failure(`${response.status} ${response.statusText} from ${endpoint}, and not JSON: ${text.slice(0, 500)}`);
    }
  };
}

/** `name` where `query` has an operation of that name. For a moment after a change of tabs, GraphiQL gives the last one's. */
function nameIn(query: string, name: string | null | undefined): string | undefined {
  try {
    const operations = parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return operations.find((operation) => operation.name?.value === name)?.name?.value;
  } catch {
    // The server says better what is wrong with the query.
    return undefined;
  }
}

function failure(message: string): { errors: { message: string }[] } {
  return { errors: [{ message }] };
}
