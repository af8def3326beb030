package store

import "bookroom/shop"

type inspectionRow struct {
	SHA256      string `gorm:"column:sha256;primaryKey"`
	Refused     shop.PDFRefusal
	Skipped     bool
	Pages       int
	Title       string
	Language    string
	Tagged      bool
	Figures     int
	Described   int
	Fonts       []fontRow    `gorm:"serializer:json"`
	Outline     []contentRow `gorm:"serializer:json"`
	PageMarks   []string     `gorm:"serializer:json"`
	InspectedAt utc
}

type fontRow struct {
	Name     string `json:"name"`
	Embedded bool   `json:"embedded"`
}

func (inspectionRow) TableName() string { return "inspections" }

func newInspectionRow(sha256 string, i shop.Inspection) inspectionRow {
	row := inspectionRow{
		SHA256: sha256, Refused: i.Refused, Skipped: i.Skipped, Pages: i.Pages, Title: i.Title, Language: i.Language, Tagged: i.Tagged,
		Figures: i.Figures, Described: i.Described, Fonts: []fontRow{}, Outline: []contentRow{}, PageMarks: orEmpty(i.PageMarks),
		InspectedAt: at(i.InspectedAt),
	}
	for _, font := range i.Fonts {
		row.Fonts = append(row.Fonts, fontRow(font))
	}
	for _, entry := range i.Outline {
		row.Outline = append(row.Outline, contentRow(entry))
	}
	return row
}

func (r *inspectionRow) inspection() *shop.Inspection {
	i := shop.Inspection{
		Refused: r.Refused, Skipped: r.Skipped, Pages: r.Pages, Title: r.Title, Language: r.Language, Tagged: r.Tagged,
		Figures: r.Figures, Described: r.Described, PageMarks: r.PageMarks, InspectedAt: r.InspectedAt.Time,
	}
	for _, font := range r.Fonts {
		i.Fonts = append(i.Fonts, shop.Font(font))
	}
	for _, entry := range r.Outline {
		i.Outline = append(i.Outline, shop.ContentEntry(entry))
	}
	return &i
}

type editionDraftRow struct {
	ProductID  string `gorm:"primaryKey"`
	Version    int64
	Notes      string
	LookInside []int `gorm:"serializer:json"`
	UpdatedAt  utc   `gorm:"autoUpdateTime:false"`
}

type editionDraftFileRow struct {
	ID          string `gorm:"primaryKey"`
	ProductID   string
	Position    int
	Name        string
	ContentType string
	Size        int64
	SHA256      string `gorm:"column:sha256"`
	Key         string
	CRC32       *int64 `gorm:"column:crc32"`
}

func newEditionDraftFileRow(productID string, position int, f shop.File) editionDraftFileRow {
	row := editionDraftFileRow{
		ID: f.ID, ProductID: productID, Position: position, Name: f.Name, ContentType: f.ContentType, Size: f.Size, SHA256: f.SHA256, Key: f.Key,
	}
	if f.CRC32.Known {
		sum := int64(f.CRC32.Sum)
		row.CRC32 = &sum
	}
	return row
}

func (r *editionDraftFileRow) file() shop.File {
	row := fileRow{ID: r.ID, Name: r.Name, ContentType: r.ContentType, Size: r.Size, SHA256: r.SHA256, Key: r.Key, CRC32: r.CRC32}
	return row.file()
}

type uploadRow struct {
	ID           string `gorm:"primaryKey"`
	ProductID    string
	StaffID      string
	Staff        string
	Name         string
	ContentType  string
	Size         int64
	PartSize     int64
	FirstSHA256  string `gorm:"column:first_sha256"`
	BucketUpload string
	State        shop.UploadState
	Refused      shop.UploadRefusal
	Checksums    []string `gorm:"serializer:json"`
	CreatedAt    utc      `gorm:"autoCreateTime:false"`
	UpdatedAt    utc      `gorm:"autoUpdateTime:false"`
}

func newUploadRow(u shop.Upload) uploadRow {
	return uploadRow{
		ID: u.ID, ProductID: u.ProductID, StaffID: u.StaffID, Staff: u.Staff, Name: u.Name, ContentType: u.ContentType, Size: u.Size,
		PartSize: u.PartSize, FirstSHA256: u.FirstSHA256, BucketUpload: u.BucketUpload, State: u.State, Refused: u.Refused,
		Checksums: orEmpty(u.Checksums), CreatedAt: at(u.CreatedAt), UpdatedAt: at(u.UpdatedAt),
	}
}

func (r *uploadRow) upload(slug string) shop.Upload {
	return shop.Upload{
		ID: r.ID, ProductID: r.ProductID, Slug: slug, StaffID: r.StaffID, Staff: r.Staff, Name: r.Name, ContentType: r.ContentType, Size: r.Size,
		PartSize: r.PartSize, FirstSHA256: r.FirstSHA256, BucketUpload: r.BucketUpload, Checksums: r.Checksums, State: r.State,
		Refused: r.Refused, CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time,
	}
}
