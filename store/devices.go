package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

type orderDeviceRow struct {
	OrderID string          `gorm:"primaryKey"`
	Kind    shop.DeviceKind `gorm:"primaryKey"`
	Device  string          `gorm:"primaryKey"`
	SeenAt  utc
}

// KnownDevices returns those of the devices that the order knows; networks that were remembered since the
// given time only.
func (s *Store) KnownDevices(ctx context.Context, orderID string, of []shop.Device, networksSince time.Time) ([]shop.Device, error) {
	var known []shop.Device
	for _, d := range of {
		var has bool
		err := s.reader.WithContext(ctx).
			Raw("SELECT EXISTS (SELECT 1 FROM order_devices WHERE order_id = ? AND kind = ? AND device = ? AND (kind <> ? OR seen_at > ?))",
				orderID, d.Kind, d.Device, shop.DeviceNetwork, at(networksSince)).Scan(&has).Error
		if err != nil {
			return nil, fmt.Errorf("look for a device: %w", err)
		}
		if has {
			known = append(known, d)
		}
	}
	return known, nil
}

// RememberDevices makes devices known to an order.
func (s *Store) RememberDevices(ctx context.Context, orderID string, devices []shop.Device, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error { return rememberDevices(tx, orderID, devices, now) })
}

// ConfirmDevices uses a link up, as UseLink does, and makes devices known to the order that it is for.
func (s *Store) ConfirmDevices(ctx context.Context, hash string, devices []shop.Device, now time.Time) (shop.MailedLink, error) {
	var used shop.MailedLink
	err := s.write(ctx, func(tx *gorm.DB) error {
		var err error
		if used, err = useLink(tx, shop.LinkDevice, hash, now); err != nil {
			return err
		}
		return rememberDevices(tx, used.Subject, devices, now)
	})
	return used, err
}

func rememberDevices(tx *gorm.DB, orderID string, devices []shop.Device, now time.Time) error {
	for _, d := range devices {
		row := orderDeviceRow{OrderID: orderID, Kind: d.Kind, Device: d.Device, SeenAt: at(now)}
		if err := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "order_id"}, {Name: "kind"}, {Name: "device"}}, DoUpdates: clause.AssignmentColumns([]string{"seen_at"}),
		}).Create(&row).Error; err != nil {
			return fmt.Errorf("remember a device: %w", err)
		}
	}
	return nil
}

// DeleteStaleNetworks removes the networks that orders were last remembered to be at home in before the given time.
func (s *Store) DeleteStaleNetworks(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM order_devices WHERE kind = ? AND seen_at < ?", shop.DeviceNetwork, at(before)).Error; err != nil {
			return fmt.Errorf("delete stale networks: %w", err)
		}
		return nil
	})
}
