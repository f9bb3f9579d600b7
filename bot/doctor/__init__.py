"""`easel doctor`: what is wrong with a deployment and its books, looked at from beside it and without changing it."""
