/** What the server wrote into the page for its script. */
export function pageData<T>(): T {
  const element = document.getElementById("page-data");
  if (element === null) {
    throw new Error("This page has no data for its script: it was not written by predictql.");
  }
  return JSON.parse(element.textContent) as T;
}

/** The element that the script fills. */
export function pageRoot(): HTMLElement {
  const element = document.getElementById("root");
  if (element === null) {
    throw new Error("This page has no place for its script: it was not written by predictql.");
  }
  return element;
}
