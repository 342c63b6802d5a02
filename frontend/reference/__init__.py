"""The reference pages: samples in nine languages and the Postman collection, from the table of endpoints. Pure."""
