package api

// StaffFileStore is what the API about uploads, drafts of editions and the mails about them reads.
type StaffFileStore interface{}

func (a *API) fileRoutes() []StaffRoute { return nil }
