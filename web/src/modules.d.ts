// Modules that come without types.
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Settings {
    url: string;
    domNode: HTMLElement;
    deepLinking: boolean;
    layout: string;
    validatorUrl: null;
  }

  export default function SwaggerUI(settings: Settings): unknown;
}
