// Audits a server with the suite of the GraphQL-over-HTTP specification: node audit.mjs ADDRESS [FIELD]
//
// With FIELD, the operations that select `__typename` alone select that field, too. Prints, as JSON, how each audit
// ended and how often each lane answered.
import { auditServer } from "graphql-http";

const [url, field] = process.argv.slice(2);
const lanes = {};

const fetchFn = async (address, options) => {
  const body = field && options?.body?.replaceAll("{ __typename }", `{ __typename ${field} }`);
  const response = await fetch(address, body ? { ...options, body } : options);
  const lane = response.headers.get("x-predictql-lane");
  lanes[lane] = (lanes[lane] ?? 0) + 1;
  return response;
};

const audits = [];
for (const { id, name, status, reason } of await auditServer({ url, fetchFn })) {
  audits.push({ id, name, status, reason });
}
console.log(JSON.stringify({ audits, lanes }));
