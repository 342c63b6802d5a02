// data-schema on #swagger: where the OpenAPI schema is. SwaggerUIBundle comes from the script before this one.

const place = document.getElementById("swagger");

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  validatorUrl: null, // nothing is asked of another host
});
