package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type auditRecordRow struct {
	Sequence     int64 `gorm:"primaryKey;autoIncrement:false"`
	At           utc
	StaffID      string
	Staff        string
	TokenID      string
	IP           string
	Verb         string
	SubjectKind  string
	SubjectID    string
	SubjectName  string
	Before       string
	After        string
	PreviousHash string
	Hash         string
}

type auditPersonalRow struct {
	Hash     string `gorm:"primaryKey"`
	Sequence int64
	Salt     string
	Value    string
}

func (auditPersonalRow) TableName() string { return "audit_personal" }

// auditLock makes records of the trail go one after the other.
const auditLock = "audit trail"

// audit adds an act to the trail, in the transaction of the change itself. Acts go one after the other: each
// record holds the hash of the one before.
func (s *Store) audit(tx *gorm.DB, act shop.Act, now time.Time) error {
	if err := s.lockText(tx, auditLock); err != nil {
		return fmt.Errorf("lock the audit trail: %w", err)
	}
	var last auditRecordRow
	if err := tx.Select("sequence", "hash").Order("sequence DESC").Limit(1).Find(&last).Error; err != nil {
		return fmt.Errorf("read the end of the audit trail: %w", err)
	}
	row := auditRecordRow{
		Sequence: last.Sequence + 1, At: at(now), StaffID: act.By.StaffID, Staff: act.By.Name, TokenID: act.By.TokenID, IP: act.By.IP,
		Verb: act.Verb, SubjectKind: act.Subject.Kind, SubjectID: act.Subject.ID, SubjectName: act.Subject.Name, PreviousHash: last.Hash,
	}
	var personal []auditPersonalRow
	var err error
	if row.Before, err = sealPersonal(act.Before, &personal); err != nil {
		return err
	}
	if row.After, err = sealPersonal(act.After, &personal); err != nil {
		return err
	}
	row.Hash = row.digest()
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("write to the audit trail: %w", err)
	}
	for i := range personal {
		personal[i].Sequence = row.Sequence
	}
	if len(personal) == 0 {
		return nil
	}
	if err := tx.Create(&personal).Error; err != nil {
		return fmt.Errorf("write personal values of the audit trail: %w", err)
	}
	return nil
}

// digest is the record's hash: over every column but itself, each with its length before it.
func (r *auditRecordRow) digest() string {
	h := sha256.New()
	for _, field := range []string{
		strconv.FormatInt(r.Sequence, 10), r.At.UTC().Format(time.RFC3339Nano), r.StaffID, r.Staff, r.TokenID, r.IP,
		r.Verb, r.SubjectKind, r.SubjectID, r.SubjectName, r.Before, r.After, r.PreviousHash,
	} {
		fmt.Fprintf(h, "%d:%s", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// personalMark stands in a record's JSON before the hash of a value that is kept beside it.
const personalMark = "personal:"

// sealPersonal writes fields as JSON, with a salted hash in the place of each personal value.
func sealPersonal(fields map[string]any, personal *[]auditPersonalRow) (string, error) {
	sealed := make(map[string]any, len(fields))
	for name, value := range fields {
		secret, is := value.(shop.Personal)
		if !is {
			sealed[name] = value
			continue
		}
		salt := rand.Text()
		sum := sha256.Sum256([]byte(salt + "\x00" + string(secret)))
		row := auditPersonalRow{Hash: hex.EncodeToString(sum[:]), Salt: salt, Value: string(secret)}
		*personal = append(*personal, row)
		sealed[name] = personalMark + row.Hash
	}
	text, err := json.Marshal(sealed)
	if err != nil {
		return "", fmt.Errorf("write an act as JSON: %w", err)
	}
	return string(text), nil
}

// AuditRecords returns records of the trail, newest first.
func (s *Store) AuditRecords(ctx context.Context, q shop.AuditQuery) ([]shop.AuditRecord, error) {
	var records []shop.AuditRecord
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []auditRecordRow
		if err := narrowAudit(tx, q).Order("sequence DESC").Limit(q.Limit).Find(&rows).Error; err != nil {
			return fmt.Errorf("read the audit trail: %w", err)
		}
		var err error
		records, err = openRecords(tx, rows)
		return err
	})
	return records, err
}

// AuditVerbs returns the verbs that the trail has, in order.
func (s *Store) AuditVerbs(ctx context.Context) ([]string, error) {
	var verbs []string
	// One step along the index for each verb, however many records there are.
	err := s.reader.WithContext(ctx).Raw(`WITH RECURSIVE verbs(verb) AS (
		SELECT MIN(verb) FROM audit_records
		UNION ALL
		SELECT (SELECT MIN(verb) FROM audit_records r WHERE r.verb > verbs.verb) FROM verbs WHERE verbs.verb IS NOT NULL
	) SELECT verb FROM verbs WHERE verb IS NOT NULL ORDER BY verb`).Scan(&verbs).Error
	if err != nil {
		return nil, fmt.Errorf("read the verbs of the audit trail: %w", err)
	}
	return verbs, nil
}

// NoteAct adds an act to the trail that changes nothing else.
func (s *Store) NoteAct(ctx context.Context, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error { return s.audit(tx, act, now) })
}

func narrowAudit(tx *gorm.DB, q shop.AuditQuery) *gorm.DB {
	if !isKey(q.Verb) || !isKey(q.StaffID) || !isKey(q.Subject.Kind) || !isKey(q.Subject.ID) {
		return tx.Where("1 = 0")
	}
	if q.Before > 0 {
		tx = tx.Where("sequence < ?", q.Before)
	}
	if q.Verb != "" {
		tx = tx.Where("verb = ?", q.Verb)
	}
	if q.StaffID != "" {
		tx = tx.Where("staff_id = ?", q.StaffID)
	}
	if q.Subject.Kind != "" {
		tx = tx.Where("subject_kind = ? AND subject_id = ?", q.Subject.Kind, q.Subject.ID)
	}
	if !q.From.IsZero() {
		tx = tx.Where("at >= ?", at(q.From))
	}
	if !q.To.IsZero() {
		tx = tx.Where("at < ?", at(q.To))
	}
	if q.Words != "" && isKey(q.Words) {
		like := "%" + likeText(q.Words) + "%"
		tx = tx.Where(`(lower(verb) LIKE ? ESCAPE '\' OR lower(subject_name) LIKE ? ESCAPE '\' OR lower(staff) LIKE ? ESCAPE '\')`, like, like, like)
	}
	return tx
}

// openRecords puts the personal values that are still there back into their records.
func openRecords(tx *gorm.DB, rows []auditRecordRow) ([]shop.AuditRecord, error) {
	sequences := make([]int64, len(rows))
	for i := range rows {
		sequences[i] = rows[i].Sequence
	}
	var personal []auditPersonalRow
	if len(rows) > 0 {
		if err := tx.Where("sequence IN ?", sequences).Find(&personal).Error; err != nil {
			return nil, fmt.Errorf("read personal values of the audit trail: %w", err)
		}
	}
	values := map[string]string{}
	for _, p := range personal {
		values[personalMark+p.Hash] = p.Value
	}
	records := make([]shop.AuditRecord, 0, len(rows))
	for i := range rows {
		record, err := rows[i].record(values)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

func (r *auditRecordRow) record(values map[string]string) (shop.AuditRecord, error) {
	record := shop.AuditRecord{
		Sequence: r.Sequence, At: r.At.Time, StaffID: r.StaffID, Staff: r.Staff, TokenID: r.TokenID, IP: r.IP, Verb: r.Verb,
		Subject:  shop.Subject{Kind: r.SubjectKind, ID: r.SubjectID, Name: r.SubjectName},
		Previous: r.PreviousHash, Hash: r.Hash,
	}
	var err error
	if record.Before, err = openPersonal(r.Before, values); err != nil {
		return record, err
	}
	record.After, err = openPersonal(r.After, values)
	return record, err
}

func openPersonal(text string, values map[string]string) (map[string]any, error) {
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return nil, fmt.Errorf("read an act's JSON: %w", err)
	}
	for name, value := range fields {
		sealed, is := value.(string)
		if !is || len(sealed) != len(personalMark)+hex.EncodedLen(sha256.Size) || sealed[:len(personalMark)] != personalMark {
			continue
		}
		fields[name] = "erased"
		if known, there := values[sealed]; there {
			fields[name] = known
		}
	}
	return fields, nil
}

// auditBatch is how many records are verified at once.
const auditBatch = 1000

// VerifyAudit walks the whole trail and returns how many records it has and the last one's hash. It is an error
// when a record was changed, left out or put in between: the sequence of the first that does not fit is named.
func (s *Store) VerifyAudit(ctx context.Context) (records int64, head string, err error) {
	for {
		var rows []auditRecordRow
		err := s.reader.WithContext(ctx).Where("sequence > ?", records).Order("sequence").Limit(auditBatch).Find(&rows).Error
		if err != nil {
			return records, head, fmt.Errorf("read the audit trail: %w", err)
		}
		for i := range rows {
			r := &rows[i]
			if r.Sequence != records+1 || r.PreviousHash != head || r.Hash != r.digest() {
				return records, head, fmt.Errorf("the audit trail is broken at record %d: somebody changed the database by hand", records+1)
			}
			records, head = r.Sequence, r.Hash
		}
		if len(rows) < auditBatch {
			return records, head, nil
		}
	}
}
