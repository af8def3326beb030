// Package shop holds the words and the rules of the bookroom: what is sold, what it costs, which
// states an order goes through, and who may download what.
//
// Money and access are decided here and nowhere else. The package knows nothing of HTTP, SQL, Stripe
// or S3: whatever it needs of them stands in small interfaces beside the verbs that use them.
package shop
