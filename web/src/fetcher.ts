import type { GraphiQLProps } from "graphiql";

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
        body: JSON.stringify(operation),
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

function failure(message: string): { errors: { message: string }[] } {
  return { errors: [{ message }] };
}
