package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type settingRow struct {
	Key       shop.SettingKey `gorm:"primaryKey"`
	Value     string
	UpdatedAt utc `gorm:"autoUpdateTime:false"`
}

func (settingRow) TableName() string { return "settings" }

// SettingsVersion is a number that grows with every change of the settings. It is cheap to ask for, as
// CatalogVersion is.
func (s *Store) SettingsVersion(ctx context.Context) (int64, error) {
	return s.settings.read(func() (int64, error) {
		pool, err := s.reader.DB()
		if err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), versionPatience)
		defer cancel()
		var version int64
		if err := pool.QueryRowContext(ctx, "SELECT version FROM settings_versions").Scan(&version); err != nil {
			return 0, fmt.Errorf("read the settings' version: %w", err)
		}
		return version, nil
	})
}

// SettingValues returns what staff have set, and the version that it is of.
func (s *Store) SettingValues(ctx context.Context) (shop.SettingValues, int64, error) {
	var version int64
	values := shop.SettingValues{}
	err := s.read(ctx, func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT version FROM settings_versions").Scan(&version).Error; err != nil {
			return fmt.Errorf("read the settings' version: %w", err)
		}
		var rows []settingRow
		if err := tx.Find(&rows).Error; err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
		for _, row := range rows {
			var value string
			if err := json.Unmarshal([]byte(row.Value), &value); err != nil {
				return fmt.Errorf("read the setting %s: %w", row.Key, err)
			}
			values[row.Key] = value
		}
		return nil
	})
	return values, version, err
}

// SaveSettings puts these in place of all that was set and returns the new version; shop.ErrSettingsChanged when
// the version is not that any more. Pages of the catalog show settings, so theirs grows with it.
func (s *Store) SaveSettings(ctx context.Context, values shop.SettingValues, version int64, act shop.Act, now time.Time) (int64, error) {
	err := s.write(ctx, func(tx *gorm.DB) error {
		catalog, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		counted := tx.Exec("UPDATE settings_versions SET version = version + 1 WHERE version = ?", version)
		if counted.Error != nil {
			return fmt.Errorf("write the settings' version: %w", counted.Error)
		}
		if counted.RowsAffected == 0 {
			return shop.ErrSettingsChanged
		}
		if err := writeSettings(tx, values, now); err != nil {
			return err
		}
		if err := writeCatalogVersion(tx, catalog, now); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
	return version + 1, err
}

// writeSettings leaves the rows alone that stay as they are, so that each says when it was changed.
func writeSettings(tx *gorm.DB, values shop.SettingValues, now time.Time) error {
	for _, key := range shop.SettingKeys() {
		value, set := values[key]
		if !set {
			if err := tx.Exec("DELETE FROM settings WHERE key = ?", key).Error; err != nil {
				return fmt.Errorf("take back the setting %s: %w", key, err)
			}
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("write the setting %s: %w", key, err)
		}
		err = tx.Exec(`INSERT INTO settings (key, value, updated_at) VALUES (?, ?, ?)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at WHERE settings.value <> excluded.value`,
			key, string(text), at(now)).Error
		if err != nil {
			return fmt.Errorf("write the setting %s: %w", key, err)
		}
	}
	return nil
}
