package staff

// FileStore is what the pages about uploads, drafts of editions and the mails about them read.
type FileStore interface{}

func (d *Desk) fileRoutes() []Route { return nil }
