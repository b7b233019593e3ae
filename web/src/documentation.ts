// The page at /docs: Swagger UI for the HTTP addresses beside /graphql.
import "swagger-ui-dist/swagger-ui.css";
import "./documentation.css";

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

import { pageData, pageRoot } from "./page";

const { openapi } = pageData<{ openapi: string }>();

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = (): void => {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
};
dark.addEventListener("change", follow);
follow();

SwaggerUI({
  url: openapi,
  domNode: pageRoot(),
  deepLinking: true,
  layout: "BaseLayout",
  // Else the page asks a host of Swagger's whether the description is valid.
  validatorUrl: null,
});
